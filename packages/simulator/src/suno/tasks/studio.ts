import { hashText } from '@atelier/lib/random';
import type { Painter } from '../../art/painter.ts';
import type { Composer } from '../../art/composer.ts';
import type { MusicRequestFields } from './generate-request.ts';
import type { MediaStore } from './media-store.ts';
import { withoutScenario } from '../scenario.ts';
import type { SimulatedTrack } from './task-store.ts';

/** The plan of a song, the same for both takes. */
export interface SongPlan {
  title: string;
  /** Subject of the song. */
  theme: string;
  style: string;
  /** Empty: instrumental. */
  lyrics: string;
  durationS: number;
}

/** The members of a track that exist once it is made. */
export type Recording = Pick<SimulatedTrack, 'audioUrl' | 'imageUrl' | 'tags' | 'composition'>;

/** Makes songs with their covers, and more covers of them. */
export interface SunoStudio {
  plan(request: MusicRequestFields): SongPlan;
  /** The music and the cover of one take. */
  record(plan: SongPlan, take: number, audioId: string): Promise<Recording>;
  /** Links to other covers of a track. */
  paintCovers(track: SimulatedTrack): Promise<string[]>;
}

/** Lengths in seconds where the request names none: usual, at pace 0, and at most. Given lyrics lengthen the song by `SECONDS_PER_LINE` each line. */
const USUAL_S = 60;
const HASTY_S = 20;
const LONGEST_UNASKED_S = 180;
const SECONDS_PER_LINE = 3.4;
const LONGEST_SUBJECT = 300;
const MORE_COVERS = [4, 5] as const;

export function createSunoStudio(deps: {
  composer: Composer;
  painter: Painter;
  media: MediaStore;
  pace: number;
  tilePixels: number;
}): SunoStudio {
  const { composer, painter, media, pace, tilePixels } = deps;

  const paintCover = async (subject: string, take: number, audioId: string): Promise<string> => {
    const scenes = painter.imagine(subject, { seed: hashText(`${subject} ${Math.floor(take / 4)}`), aspect: 1 });
    const scene = scenes[take % scenes.length];
    if (!scene) throw new TypeError('the painter imagined nothing');
    const picture = await painter.single(scene, { tilePixels, mark: JSON.stringify({ audioId }) });
    return media.add({ bytes: picture.bytes, contentType: 'image/png' });
  };

  return {
    plan(request) {
      const prompt = withoutScenario(request.prompt);
      const title = withoutScenario(request.title);
      const written = composer.writeLyrics({ prompt: request.customMode ? `${title} ${request.style}` : prompt, title, take: 0 });
      const own = request.customMode ? prompt : '';
      const lyrics = request.instrumental ? '' : own || written.text;
      const voice = request.voice === undefined ? '' : request.voice === 'm' ? ', male voice' : ', female voice';
      const sungS =
        own === '' || request.instrumental ? 0 : 8 + lyrics.split('\n').filter((line) => /^\s*[^[\s]/.test(line)).length * SECONDS_PER_LINE;
      const usualS = pace > 0 ? USUAL_S : HASTY_S;
      return {
        title: title || written.title,
        theme: own === '' || request.instrumental ? prompt || title : title,
        style: withoutScenario(request.style) + voice,
        lyrics,
        durationS: request.durationS ?? Math.round(Math.min(LONGEST_UNASKED_S, Math.max(usualS, sungS))),
      };
    },
    async record({ title, theme, style, lyrics, durationS }, take, audioId) {
      const { mp3, ...composition } = await composer.compose({ prompt: theme, style, title, lyrics, durationS, take });
      return {
        imageUrl: await paintCover(`${title} ${theme}`.slice(0, LONGEST_SUBJECT), take, audioId),
        audioUrl: media.add({ bytes: mp3, contentType: 'audio/mpeg' }),
        tags: style === '' ? composition.tags : `${style}, ${composition.tags}`,
        composition,
      };
    },
    paintCovers: (track) =>
      Promise.all(MORE_COVERS.map((take) => paintCover(`${track.title} ${track.tags}`.slice(0, LONGEST_SUBJECT), take, track.id))),
  };
}
