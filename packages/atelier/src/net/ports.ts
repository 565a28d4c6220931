/** Ports of other protocols, where an HTTP request could be taken for a command. Source: whatwg, bad ports. */
const BROWSER_REFUSED = [
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117,
  119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
  989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/** Stores that obey whoever reaches them: SQL Server, MySQL, PostgreSQL, Redis, memcached, MongoDB. */
const DATABASES = [1433, 3306, 5432, 6379, 11211, 27017];

const REFUSED_PORTS: ReadonlySet<number> = new Set([...BROWSER_REFUSED, ...DATABASES]);

/** Whether a URL from outside may never name this port, unless the operator opened exactly that host and port. */
export const isRefusedPort = (port: number): boolean => REFUSED_PORTS.has(port);

/** The port that a URL leads to. */
export const portOf = (url: URL): number => (url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port));
