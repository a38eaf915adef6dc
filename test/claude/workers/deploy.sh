#!/bin/sh
# A worker of scenario 3: deploy.sh ENVIRONMENT. Staging fails critically; production waits for the other two.
case $1 in
staging)
  fermata progress 40 --message 'uploading'
  fermata fail --critical "${FAILURE:-Staging deployment failed, blocking all deployments}"
  exit 1
  ;;
testing) fermata done --result 'testing deployed' ;;
production)
  if fermata wait ok:W1 ok:W2; then
    fermata done --result 'production deployed'
  else
    fermata block --at Stop 'Production deployment blocked: prerequisite environments failed'
    exit 1
  fi
  ;;
esac
