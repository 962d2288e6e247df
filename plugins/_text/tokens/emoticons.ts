/** Faces made of signs, written by hand; those with letters stand in the case that people use. */
const upright = `
  :) :)) :))) :-) :-)) :-))) :] :-] :} :-} :o) :> :-> :3 :-3 =) =)) =] =3 ;) ;)) ;-) ;-)) ;] ;-] 8-) B-) (: (-: (;
  (-; [-: :'-) :') :D :-D :DD =D ;D ;-D 8D 8-D xD XD xDD XDD
  :( :(( :((( :-( :-(( :-((( :[ :-[ :{ :-{ =( =[ )-: :'( :'-( >:( >:-( :< :-< >:o >:O
  :P :-P :p :-p ;P ;-P ;p ;-p =P =p :/ :-/ =/ :-\\ :\\ =\\ :| :-| =| :-$ :-S :-s :o :-o :O :-O :0 :-0
  :() :x :-x :X :-X :-# :* :-* :-& <3 <33 <333 </3
`
const sideless = `
  ^^ ^_^ ^__^ ^-^ ^.^ -_- -__- >_< >.< >.> <.< <_< >_> ._. ;_; T_T T.T o_o o_O O_o O_O o.o o.O O.o O.O o_0 0_o 0_0
  v_v V_V v.v @_@ u_u *_* \\o/ (^_^) (-_-) (>_<) (*_*) (._.) (T_T) (;_;) ¯\\_(ツ)_/¯ ¯\\(ツ)/¯ (╯°□°)╯︵┻━┻ (╯°□°）╯︵┻━┻ ಠ_ಠ
`

export const emoticons: readonly string[] = `${upright} ${sideless}`.trim().split(/\s+/)

const firsts = new Uint8Array(0x10000)
for (const face of emoticons) firsts[face.charCodeAt(0)] = 1

/** Does one of them begin with this UTF-16 unit? */
export const beginsFace = (unit: number): boolean => firsts[unit] === 1
