import type { PaintWorld } from '../brief.ts';
import type { WorldName } from '../subject.ts';
import { paintBloom } from './bloom.ts';
import { paintCity } from './city.ts';
import { paintCosmos } from './cosmos.ts';
import { paintPapercut } from './papercut.ts';
import { paintReef } from './reef.ts';
import { paintRidges } from './ridges.ts';
import { paintSilk } from './silk.ts';
import { paintWater } from './water.ts';

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
