import { describeKills } from './kill.conformance.ts';

describeKills('kill -9, every prompt another', (index) => `fox number ${index}`);
