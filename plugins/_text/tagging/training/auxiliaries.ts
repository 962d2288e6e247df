const german =
  'habe hast hat haben habt hatte hattest hatten hattet hätte hättest hätten hättet habend gehabt hab ' +
  'bin bist ist sind seid war warst waren wart sei seist seien wäre wärst wären sein gewesen ' +
  'werde wirst wird werden werdet wurde wurdest wurden würde würdest würden würdet worden geworden ' +
  'kann kannst können könnt konnte konnten könnte könnten könntest ' +
  'muss musst müssen müsst musste mussten müsste müssten muß mußte mußten ' +
  'soll sollst sollen sollt sollte sollten solltest will willst wollen wollt wollte wollten ' +
  'darf darfst dürfen dürft durfte durften dürfte dürften mag magst mögen möchte möchten möchtest möge'

/** Forms of haben, sein, werden and the modal verbs: what a participle or an infinitive goes with. */
export const auxiliaries = (language: string): readonly string[] => (language === 'de' ? german.split(' ') : [])
