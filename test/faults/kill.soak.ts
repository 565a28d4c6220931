import { describeKills } from './kill.conformance.ts';

// Every third prompt is the same: those can be told apart by their ids alone.
describeKills('kill -9, equal prompts among them', (index) => (index % 3 === 0 ? 'a fox like the others' : `fox number ${index}`));
