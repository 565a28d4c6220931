/**
 * A certificate for `target.test` and 127.0.0.1 that signs itself, and its key, for TLS servers of tests. Valid until 2126. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=target.test -addext subjectAltName=DNS:target.test,IP:127.0.0.1`.
 */
export const LOOPBACK_CERTIFICATE = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUT/Mta4tVT5zicsDo5WFzalEKVbwwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLdGFyZ2V0LnRlc3QwIBcNMjYxMTI4MDc1NzMzWhgPMjEyNjEx
MDQwNzU3MzNaMBYxFDASBgNVBAMMC3RhcmdldC50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAE3u14/fpXHgGaSeWo1J35c6BUUH8IMqYa43B2ICPjndxubImL
lMxOpVlbqY+JMytyXcYCrIkVyUH5DEmbd5ip4qNxMG8wHQYDVR0OBBYEFBTNSnE/
eV6wz4e2EYUY4W3221nVMB8GA1UdIwQYMBaAFBTNSnE/eV6wz4e2EYUY4W3221nV
MA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4ILdGFyZ2V0LnRlc3SHBH8AAAEw
CgYIKoZIzj0EAwIDSAAwRQIhAJbpE4bxKeZaxgFEOrQe6o5MZ0yrHiEr2yyBhAIM
V1GzAiABs7keRh1m7MgCg1Xv5DWtzJMODtSbh/Hu3o250m7Z5g==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmQg5V6+Uz3nuRcb5
HCFXUWHzqQuAK06m3nY6QASRSquhRANCAATe7Xj9+lceAZpJ5ajUnflzoFRQfwgy
phrjcHYgI+Od3G5siYuUzE6lWVupj4kzK3JdxgKsiRXJQfkMSZt3mKni
-----END PRIVATE KEY-----
`,
} as const;
