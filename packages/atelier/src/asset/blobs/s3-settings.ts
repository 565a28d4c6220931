export interface S3Settings {
  bucket: string;
  /** Before every key, with a slash at its end; empty: none. */
  prefix: string;
  /** Base URL of the service; undefined: Amazon's own, of the region. */
  endpoint: string | undefined;
  region: string;
  /** The bucket stands in the path of URLs, not before the host name. */
  pathStyle: boolean;
  /** Undefined: whatever role or profile the SDK finds on this machine. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
}
