import { type JsonObject, asNumber, asObject, asObjects, asText } from '@atelier/lib/json';

const ROW = 1;
const TEXT_INPUT = 4;

export interface FilledForm {
  /** `data` of the interaction that sends it. */
  data: JsonObject;
  /** What was put into its first field. */
  text: string;
}

/**
 * The answer to a form: `text` in its first field (null: what the form proposes), every other field as proposed. Ids and
 * field names are the form's own. Undefined when it has no text field. Source: discord-midjourney, 3.5.
 */
export function fillForm(form: JsonObject, text: string | null): FilledForm | undefined {
  const fields = textInputs(form);
  const [first] = fields;
  if (!first) return undefined;
  const chosen = text ?? asText(first['value']) ?? '';
  const rows = fields.map((field, index) => ({
    type: ROW,
    components: [{ type: TEXT_INPUT, custom_id: field['custom_id'] ?? '', value: index === 0 ? chosen : (field['value'] ?? '') }],
  }));
  return { data: { id: form['id'] ?? '', custom_id: form['custom_id'] ?? '', components: rows }, text: chosen };
}

/** Text inputs stand in rows, or alone under a label. */
function textInputs(holder: JsonObject): JsonObject[] {
  const single = asObject(holder['component']);
  return [...asObjects(holder['components']), ...(single ? [single] : [])].flatMap((component) =>
    asNumber(component['type']) === TEXT_INPUT ? [component] : textInputs(component),
  );
}
