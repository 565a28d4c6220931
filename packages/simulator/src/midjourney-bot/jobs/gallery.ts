import type { Scene } from '../../art/painter.ts';
import type { MessageDraft } from '../../discord/model.ts';
import type { Film } from './job.ts';
import type { Prompt } from '../prompts/prompt.ts';
import type { Wording } from './content.ts';

/** The facts of a finished job that its buttons need. */
export interface GalleryPicture {
  readonly jobId: string;
  readonly prompt: Prompt;
  /** Four for a grid, one for a single picture. */
  readonly scenes: readonly Scene[];
  readonly wording: Wording;
  readonly seed: number;
  /** For videos. */
  readonly film?: Film;
  /** The user who asked for it: `/show` finds it for nobody else. */
  readonly userId: string;
  /** Null when the result was never posted. */
  readonly messageId: string | null;
  /** The result, as `/show` posts it again. */
  readonly shown: Pick<MessageDraft, 'content' | 'attachments' | 'rows'>;
}

const MAX_PICTURES = 4_000;

/** Finished jobs by their id; the oldest are forgotten, and their buttons then fail. */
export interface Gallery {
  add(picture: GalleryPicture): void;
  find(jobId: string): GalleryPicture | undefined;
  findByMessage(messageId: string): GalleryPicture | undefined;
  clear(): void;
}

export function createGallery(): Gallery {
  const pictures = new Map<string, GalleryPicture>();
  const byMessage = new Map<string, string>();
  return {
    add(picture) {
      pictures.set(picture.jobId, picture);
      if (picture.messageId !== null) byMessage.set(picture.messageId, picture.jobId);
      for (const [jobId, oldest] of pictures) {
        if (pictures.size <= MAX_PICTURES) break;
        pictures.delete(jobId);
        if (oldest.messageId !== null) byMessage.delete(oldest.messageId);
      }
    },
    find: (jobId) => pictures.get(jobId),
    findByMessage: (messageId) => pictures.get(byMessage.get(messageId) ?? ''),
    clear() {
      pictures.clear();
      byMessage.clear();
    },
  };
}
