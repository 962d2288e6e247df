/** Requests in the forms that Snowflake's documentation shows: header names, codings and types as there, the rest our own. */

export interface RecordedRequest {
  readonly title: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** @param signature  `(TEXT VARCHAR)` */
function headersOf(name: string, signature: string, returns: string, batch: number): Record<string, string> {
  return {
    host: 'abc123.execute-api.eu-central-1.amazonaws.com',
    'user-agent': 'snowflake/1.0',
    accept: '*/*',
    'content-type': 'application/json',
    'sf-external-function-current-query-id': '01b7e0aa-0504-2f3c-0000-00017b3f9d21',
    'sf-external-function-query-batch-id': `01b7e0aa-0504-2f3c-0000-00017b3f9d21:1:2:${batch}:0`,
    'sf-external-function-format': 'json',
    'sf-external-function-format-version': '1.0',
    'sf-external-function-name': name,
    'sf-external-function-name-base64': base64(name),
    'sf-external-function-signature': signature,
    'sf-external-function-signature-base64': base64(signature),
    'sf-external-function-return-type': returns,
    'sf-external-function-return-type-base64': base64(returns),
  }
}

export const recordedRequests: readonly RecordedRequest[] = [
  {
    title: 'one text, not packed',
    headers: headersOf('NER', '(TEXT VARCHAR)', 'VARIANT', 0),
    body: '{"data":[[0,"Die Elbe ist heute hoch."],[1,null],[2,""]]}',
  },
  {
    title: 'packed both ways, with HEADERS and CONTEXT_HEADERS',
    headers: {
      ...headersOf('"Größe"', '(A NUMBER, B VARCHAR)', 'NUMBER(38,0)', 1),
      'accept-encoding': 'gzip',
      'content-encoding': 'gzip',
      'sf-custom-stage': 'live',
      'sf-context-current-user': 'ANNA',
      'sf-context-current-user-base64': base64('ANNA'),
      'sf-context-current-timestamp': '2026-11-20 09:15:00.000000000 +0100',
    },
    body: '{\n  "data": [\n    [ 0, 10, "Anna" ],\n    [ 1, 99999999999999999999999999999999999999, "Grüße, 模型 😀" ]\n  ]\n}\n',
  },
  {
    title: 'a value of each type',
    headers: {
      ...headersOf(
        'ALL_TYPES',
        '(N NUMBER, F FLOAT, B BOOLEAN, D DATE, T TIMESTAMP_NTZ, X BINARY, A ARRAY, O OBJECT)',
        'ARRAY',
        2,
      ),
      'accept-encoding': 'deflate',
      'content-encoding': 'deflate',
    },
    body: '{"data":[[0,12.50,1e-7,true,"2026-11-20","2026-11-20 09:15:00.000","48656C6C6F",[1,null,"a"],{"k":{"l":[]}}],[1,null,null,null,null,null,null,null,null]]}',
  },
  { title: 'no rows', headers: headersOf('NER', '(TEXT VARCHAR)', 'VARIANT', 3), body: '{"data":[]}' },
]
