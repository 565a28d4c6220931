import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts texts that must not be readable on the disk (Discord tokens), with a key derived from the server's secret. */
export interface SecretBox {
  seal(text: string): string;
  /** Throws when the text was sealed with another secret or was changed afterwards. */
  open(sealed: string): string;
}

const VERSION = 'v1';

/** AES-256-GCM; each text gets a new nonce. */
export function createSecretBox(secret: string): SecretBox {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'atelier account tokens', 32));
  return {
    seal(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return [VERSION, nonce.toString('base64url'), body.toString('base64url'), cipher.getAuthTag().toString('base64url')].join('.');
    },
    open(sealed) {
      const [version, nonce, body, tag] = sealed.split('.');
      if (version !== VERSION || !nonce || body === undefined || !tag) throw new Error('not a sealed text of this version');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'));
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      try {
        return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new Error('the text was sealed with another secret (ATELIER_SECRET)', { cause });
      }
    },
  };
}

/** First 3 and last 3 characters; a token too short for that is hidden whole. Source: useapi, requests, `discord` in answers. */
export const maskToken = (token: string): string => (token.length < 7 ? '…secured…' : `${token.slice(0, 3)}…secured…${token.slice(-3)}`);

/** SHA-256, hex. */
export const hashSecret = (text: string): string => createHash('sha256').update(text).digest('hex');
