import type { PaintWorld } from '../brief.ts';
import type { WorldName } from '../words.ts';
import { paintBloom } from './nature/bloom.ts';
import { paintCity } from './land/city.ts';
import { paintCosmos } from './space/cosmos.ts';
import { paintPapercut } from './land/papercut.ts';
import { paintReef } from './water/reef.ts';
import { paintRidges } from './land/ridges.ts';
import { paintSilk } from './land/silk.ts';
import { paintWater } from './water/water.ts';

export const WORLDS: Record<WorldName, PaintWorld> = {
  ridges: paintRidges,
  water: paintWater,
  city: paintCity,
  cosmos: paintCosmos,
  bloom: paintBloom,
  papercut: paintPapercut,
  silk: paintSilk,
  reef: paintReef,
};
