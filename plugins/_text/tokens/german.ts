/**
 * German abbreviations and ordinals whose full stop belongs to them, written for this project after newspapers, letters
 * and reference works. Words that are more often a whole word at the end of a sentence are left out (`Art.`, `Mai.`).
 */
const abbreviations = `
  Abb. Abk. Abs. Abschn. Abt. Adr. Anm. Apr. Aufl. Aug. Ausg. Bd. Bde. Best.-Nr. Betr. Bez. Bhf. Bsp. Buchst. Chr.
  Co. Corp. Dez. Di. Dipl. Dipl.-Ing. Do. Dr. Dres. Ed. Einw. Fa. Febr. Feb. Fr. Frl. Forts. Gebr. Geb. Ges.
  Hbf. Hdb. Hg. Hr. Hrn. Hrsg. Inc. Ing. Inh. Jan. Jg. Jh. Jhd. Jr. Jul. Jun. Kap. Kfm. Kto. Lfg. Lt. Ltd. Mag. Mi. Mio.
  Mo. Mr. Mrd. Mrs. Ms. Mz. Nov. Nr. Nrn. Okt. Pfd. Pfr. Pkt. Prof. Proff. Red. Reg.-Bez. Rep. Rev. Sa. Sek. Sen. Sep.
  Sept. Sgt. Skt. So. Sr. St. Std. Stdn. Stellv. Str. Tab. Tel. Tsd. Univ. Verf. Verl. Vgl. Vol. Vors. Zit. Ziff. Ztr.
  abzgl. allg. amtl. anschl. bes. betr. bez. bspw. bzgl. bzw. ca. cm. dgl. dergl. dt. ehem. eigtl. einschl. engl. entspr.
  etc. etw. ev. evtl. exkl. ff. franz. frz. geb. gegr. gem. gesch. gest. gez. ggf. ggfs. ggü. griech. hg. hrsg.
  inkl. insb. insbes. insg. ital. jap. jew. jhrl. jr. kath. lat. led. lfd. lt. max. min. mind. mtl. männl. nat.
  nachm. nördl. od. op. österr. pp. resp. rd. röm. russ. schwed. schweiz. sen. sog. sogen. span. städt. std. stv.
  südl. tel. teilw. tgl. usf. usw. urspr. v.l.n.r. verh. vgl. vlt. vllt. vorm. vs. wg. weibl. westl. wiss. zus. zzgl. zzt.
  östl. Ca. Bzw. Ggf. Evtl. Inkl. Sog. Vs.
`
/** With a full stop inside; two letters and more stand without a space between them. */
const dotted = `
  a.a.O. a.D. a.G. a.M. a.a.S. B.A. B.Sc. b.w. D.h. d.h. d.J. d.M. d.Ä. d.i. e.V. e.G. e.h. e.K. E.h. f.d.R. g.g.A.
  h.c. i.A. i.B. i.d.F. i.d.R. i.D. i.E. i.H.v. i.J. i.R. i.S.d. i.S.v. i.Tr. i.V. i.V.m. i.Z.m. I.E. k.A. k.o. K.o. K.O.
  l.c. m.E. m.a.W. m.W. M.A. M.Sc. n.Chr. n.v. N.N. N.Y. o.a. o.ä. o.Ä. o.B. o.g. o.J. o.k. o.O. o.V. p.a. p.m. P.S.
  Ph.D. q.e.d. R.I.P. s.a. s.o. s.S. s.t. s.u. S.A. S.p.A. St.-Nr. U.S. U.S.A. U.K. u.a. U.a. u.a.m. u.a.O. u.ä. u.Ä. u.ä.m.
  u.A.w.g. u.E. u.U. u.s.w. u.v.a. u.v.a.m. u.v.m. U.U. v.a. V.a. v.Chr. v.H. v.l. v.R.w. v.T. w.o. z.B. Z.B. z.b. z.H.
  z.Hd. z.K. z.T. z.Z. z.Zt. Z.Zt. d.Gr. G.m.b.H. e.Kfm. h.a. i.w.S. i.e.S. i.Allg. i.a. z.n.
`
const roman = 'I II III IV V'

const words = (list: string): string[] => list.trim().split(/\s+/)

/** Kept whole, with their full stop. */
export const germanAbbreviations: readonly string[] = [
  ...words(abbreviations),
  ...words(dotted),
  ...words(roman).map(numeral => `${numeral}.`),
]

/** Contractions that stand alone: `'s war einmal`. Within a word nothing is cut: `geht's`. */
export const germanContractions: readonly string[] = words("'s 'S 'n 'ne 'nen 'nem 'ner 'rum 'rein 'raus 'rauf 'rüber")
