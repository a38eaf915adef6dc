/** What came of an attempt to use the server. */
export interface ConnectionTestResult {
  ok: boolean;
  server: string;
  serverVersion?: string | undefined;
  roundTripMs?: number;
  /** Why it cannot be used, as a sentence. */
  problem?: string;
}
