/** Jobs of one request (`{a, b}`, `--repeat`), and results that came after the end of their job. */
export const batchesAndLateResults = {
  id: 4,
  name: 'batches and late results',
  sqlite: `
alter table job add column batch_id text;
alter table job add column late_result text;
create index job_by_batch on job (batch_id) where batch_id is not null;
`,
};
