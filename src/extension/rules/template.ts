/** What a person begins with who has no rules yet: it works in any repository. */
export const RULES_TEMPLATE = `{
  "version": 1,
  "rules": [
    {
      // a prompt with the word "merge" starts the check, and git merge waits until it has passed
      "name": "tests-before-merge",
      "prompt": "\\\\bmerge\\\\b",
      "workers": [
        {
          "task": "Check the changes",
          // it runs in any repository; put your tests in its place, such as ["npm", "test"]
          "run": ["git", "diff", "--check"],
          "critical": true,
          "guard": [
            { "tool": "Bash", "command": "git merge*", "until": "ok", "reason": "The check has not passed yet" }
          ]
        }
      ]
    }
  ]
}
`;
