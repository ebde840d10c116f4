"""Tables of English words for `qa.english.lexicon`: synonyms, opposites, irregular forms. Ours, and short on purpose: no thesaurus."""

from __future__ import annotations

# Words of one set may stand for one another in a paraphrase.
SYNONYM_SETS = """
build construct erect establish set; make manufacture produce fabricate; start begin launch commence open
complete finish conclude; company firm enterprise business corporation; agreement deal accord document memorandum mou pact
ton tonne; job position workplace; people person participant attendee; car vehicle automobile automotive auto
buy purchase acquire; grow increase rise climb; fall decrease decline drop; help assist aid; show reveal demonstrate
big large major; reach hit attain; total sum amount; trade commerce turnover; visit trip; talk negotiation discussion
plant factory facility; attend participate; work operate; lead head; expand widen broaden enlarge; strengthen deepen boost
mineral metal; area field sphere sector; nation country state; use utilize employ; get receive obtain; give provide grant supply
want wish desire; worth value cost; sign conclude; create generate; appliance device; capital fund; intend plan aim
home household; create found; show reveal demonstrate indicate illustrate; say state mention declare remark
tell inform notify advise; discuss debate talk chat converse; explain describe clarify define
highlight emphasize underline stress showcase feature; suggest propose recommend advise; ask inquire request query
answer reply respond; think believe consider feel; know understand realize; like enjoy love appreciate; hate dislike detest
want wish desire would; need require necessitate; try attempt endeavor; use utilize employ apply; create generate form develop
found establish create; start begin launch commence open initiate; complete finish conclude end finalize
stop cease halt discontinue; continue proceed persist; keep retain maintain preserve; hold host organize arrange
get receive obtain acquire gain; give provide grant supply offer; send dispatch ship deliver; bring fetch carry; sell market
pay spend; cost price value worth; earn make; save conserve; help assist aid support; protect defend safeguard shield
allow permit enable let; prevent stop avoid avert; reduce lower decrease cut diminish lessen minimize
increase raise boost heighten augment elevate enhance; grow increase rise climb surge jump soar swell
fall decrease decline drop slump tumble plunge sink slip; improve enhance better upgrade refine
expand widen broaden enlarge extend; strengthen deepen boost reinforce; change alter modify adjust; replace substitute swap
fix repair mend address resolve; solve resolve settle; choose select pick opt; decide determine resolve; agree consent concur
accept approve; refuse reject decline; join enroll enlist; leave depart exit quit; go travel head; arrive come reach; return come
visit trip journey tour; meet gather assemble encounter; meeting gathering conference session
talk negotiation discussion conversation; call phone telephone ring; write compose author; read peruse; learn master study
teach instruct educate train; work operate function; job position workplace employment; worker employee staff personnel
boss manager chief head leader executive; lead head direct guide; company firm enterprise business corporation organization
team group crew; partner ally collaborator; customer client consumer buyer; agent representative salesperson
person people individual human; participant attendee; child kid youngster; friend pal buddy; house home household residence
building structure; city town; country nation state; area field sphere sector domain; region district province
place location site spot venue; world globe worldwide global international; money cash fund; income revenue earning
benefit advantage; problem issue challenge difficulty; hard difficult challenging tough; easy simple straightforward
big large major huge massive; small little tiny minor; important significant crucial vital key essential
main primary chief principal central; many numerous multiple various several; different various diverse varied
total sum amount overall; part portion share segment piece; whole entire complete full; type kind sort category
way method approach technique manner; idea concept notion thought; plan intend aim goal objective target purpose
hope expect anticipate; expect forecast predict project; reason cause; result outcome consequence effect; effect impact influence
affect impact influence; contract agreement; talk speech address; report announce disclose reveal; news information
data information; study research investigation; probe investigation inquiry; test evaluate assess measure gauge
find discover detect locate; see observe notice witness view; look seem appear; hear listen; fast quick rapid swift; slow gradual
new novel fresh recent; old ancient; current present; former previous prior last; later subsequent afterwards; early initial
first initial; often frequently; usually typically generally normally; sometimes occasionally; rarely seldom
about approximately around roughly; nearly almost; only solely merely exclusively; also additionally; quickly rapidly swiftly
happy glad pleased delighted; sad unhappy; angry furious mad; afraid scared frightened; worried concerned anxious
surprised astonished amazed; sick ill unwell; doctor physician; medicine drug medication; illness disease sickness
death passing demise; die perish; kill slay murder; attack assault; fight battle combat; war conflict; win triumph; lose forfeit
danger threat risk hazard; safe secure; accuse allege; accusation allegation; law legislation rule regulation; police officer
court tribunal; film movie; show program broadcast episode; picture image photo photograph; song track; book volume; gift present
food meal dish; nice pleasant lovely; good great excellent fine; bad poor awful terrible; smart intelligent clever bright
famous renowned celebrated well-known; rich wealthy affluent; expensive costly pricey; cheap inexpensive affordable
free complimentary; discount reduction; appliance device gadget; system product; tool instrument; computer pc; error mistake
correct right accurate precise; wrong incorrect; real genuine actual; possible feasible; likely probable
enough sufficient adequate; necessary required essential; available accessible; common widespread prevalent; rare uncommon unusual
strange odd weird; clear obvious evident apparent; special particular specific; various range
include contain comprise involve incorporate; consist comprise; combine merge unite integrate; separate divide split
share distribute; connect link join; compare contrast; demand require; encourage urge advocate; persuade convince
promise pledge vow; warn caution alert; remember recall recollect; forget overlook; ignore disregard; hide conceal; watch view
wait await; reach hit attain achieve; remove eliminate discard delete; recover rebound; struggle grapple contend
cope manage handle deal; sell vend; gather collect accumulate; store keep; throw toss; push press; pull drag; rain rainfall rainy
cloudy overcast; storm tempest
"""
OPPOSITE_PAIRS = """
increase decrease; increase decline; increase fall; increase drop; increase reduce; rise fall; rise drop; rise decline
grow shrink; grow decline; grow fall; import export; importer exporter; buy sell; buyer seller; lend borrow; win lose
success failure; succeed fail; accept reject; accept refuse; approve reject; approve disapprove; support oppose; agree disagree
allow ban; allow prohibit; allow forbid; permit prohibit; open close; start end; start finish; start stop; begin end; begin finish
launch end; launch close; launch cancel; launch suspend; arrive depart; join leave; enter exit; enter leave; include exclude
add remove; expand reduce; expand contract; strengthen weaken; improve worsen; improve deteriorate; gain lose; gain loss
profit loss; surplus deficit; high low; higher lower; highest lowest; large small; larger smaller; largest smallest; big small
biggest smallest; major minor; more less; more fewer; most least; many few; early late; earlier later; before after; first last
next last; previous next; past future; north south; northern southern; east west; eastern western; left right; inside outside
above below; over under; up down; public private; domestic foreign; local foreign; internal external; national international
positive negative; good bad; better worse; best worst; strong weak; stronger weaker; safe dangerous; legal illegal
possible impossible; able unable; likely unlikely; happy unhappy; satisfied dissatisfied; satisfaction dissatisfaction
reliable unreliable; ready unready; favorable unfavorable; favourable unfavourable; certain uncertain; certainty uncertainty
effective ineffective; known unknown; formal informal; official unofficial; regular irregular; complete incomplete
connect disconnect; appear disappear; like dislike; easy difficult; easy hard; simple complex; cheap expensive; fast slow
quick slow; rich poor; old new; old young; hot cold; long short; wide narrow; deep shallow; full empty; heavy light; love hate
friend enemy; ally enemy; peace war; optimistic pessimistic; optimism pessimism; interested uninterested; interest disinterest
active inactive; always never; all none; everyone nobody; with without; male female; man woman; husband wife; father mother
son daughter; brother sister; boy girl; teacher student; employer employee; doctor patient; parent child; majority minority
maximum minimum; maximize minimize; maximise minimise; upper lower; senior junior; same different; similar different; true false
right wrong; present absent; guilty innocent; attack defend; create destroy; build demolish; remember forget; send receive
give take; push pull; raise lower; encourage discourage; confirm deny; admit deny; praise criticize; praise criticise; hire fire
temporary permanent; partial complete; direct indirect; voluntary mandatory; optional mandatory; morning evening; day night
today tomorrow; today yesterday; yesterday tomorrow; summer winter; spring autumn; increasing decreasing; growth decline
growth drop; together separately; recent ancient; modern ancient; upgrade downgrade; promote demote; inhibit activate
inhibit promote; suppress promote; induce inhibit; induce suppress; enhance impair; enhance reduce; enhance inhibit
upregulate downregulate; positively negatively; directly indirectly; frequently rarely; often rarely; often seldom
significantly insignificantly; quickly slowly; successful unsuccessful; successfully unsuccessfully; sufficient insufficient
adequate inadequate; appropriate inappropriate; advantage disadvantage; benefit harm; beneficial harmful
"""
# Every word of the one is an opposite of every word of the other.
RISE = "increase rise grow climb surge jump soar gain expand improve boost strengthen raise accelerate widen enlarge rebound"
FALL = "decrease fall decline drop slump tumble plunge shrink reduce lose worsen impair weaken lower diminish narrow sink deteriorate"
NEGATING_PREFIXES = ("un", "in", "im", "dis", "non", "ir", "il", "mis")
IRREGULAR_FORMS = """
built:build made:make began:begin begun:begin grew:grow grown:grow rose:rise risen:rise fell:fall fallen:fall sold:sell bought:buy
lent:lend won:win lost:lose held:hold met:meet took:take taken:take gave:give given:give sent:send spent:spend led:lead left:leave
became:become came:come went:go gone:go saw:see seen:see found:find men:man women:woman children:child people:person paid:pay
kept:keep wrote:write written:write spoke:speak spoken:speak brought:bring thought:think taught:teach got:get ran:run
shrank:shrink sank:sink chose:choose chosen:choose broke:break broken:break drew:draw drove:drive flew:fly memoranda:memorandum
mous:mou bigger:big larger:large largest:large biggest:big
"""
