/** One setting: its environment variable, its meaning and its reader. */
export interface Setting<Value> {
  env: string;
  /** A second name of the variable, for names that other programs share. */
  alias?: string;
  doc: string;
  /** As written in the environment; the empty string means unset. */
  fallback: string;
  /** Never shown in logs or documents. The variable with `_FILE` after its name may name a file that holds the value. */
  secret?: true;
  /** Throws an Error that names the expected form. */
  read(text: string): Value;
}

/** Infers the type of the value from its reader. */
export const setting = <Value>(definition: Setting<Value>): Setting<Value> => definition;
