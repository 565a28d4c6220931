import { type JsonObject, asNumber, asObject, asObjects, asText } from '@atelier/lib/json';

const ROW = 1;
const TEXT_INPUT = 4;

export interface FilledForm {
  /** `data` of the interaction that sends the form. */
  data: JsonObject;
  /** The value of the first field. */
  text: string;
}

/**
 * Fills a form: `text` goes into the first field (null: the proposed value), every other field keeps its proposed value, and ids and names
 * stay as they are. Returns undefined if the form has no text field. Source: midjourney-bot, forms.
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

/** Text inputs are in rows, or alone under a label. */
function textInputs(holder: JsonObject): JsonObject[] {
  const single = asObject(holder['component']);
  return [...asObjects(holder['components']), ...(single ? [single] : [])].flatMap((component) =>
    asNumber(component['type']) === TEXT_INPUT ? [component] : textInputs(component),
  );
}
