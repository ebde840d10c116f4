"""The words by which page boilerplate is known: section headings, share and cookie lines, counters, forum chrome.

Patterns only, in English, Russian and Korean; each is meant for a whole line, never for words inside a sentence. How they
are applied, and with what caution, is the business of `index.structure.boilerplate`.
"""

from __future__ import annotations

import re


def _line(*alternatives: str) -> re.Pattern[str]:
    """A pattern that ignores case, for `fullmatch`."""
    return re.compile("(?i)(?:" + "|".join(alternatives) + ")")


_NETWORKS = "facebook|twitter|telegram|whatsapp|linkedin|instagram|pinterest|reddit|kakaotalk|youtube|viber|tumblr|flipboard|вконтакте"

_LIST_ADJECTIVE = (
    r"latest|popular|top|trending|breaking|recent|related|similar|recommended|featured|hot|more|other|most popular|further|newest"
    r"|must[- ]read|most[- ]read|most viewed|most commented|most shared|editor['’]?s?['’]? picks?"
)
_LIST_NOUN = (
    r"stories|story|news|headlines?|articles?|posts?|reads?|topics?|videos?|now|right now|this week|today|content|guides|links|coverage"
    r"|reading|materials|publications|searches"
)
# A heading above a list of headlines; compared with a whole line without bullets, brackets, colons and emoji.
HEADING = _line(
    rf"(?:\[[^\]]{{1,30}}\]\s*)?(?:the |our |today['’]s )?(?:{_LIST_ADJECTIVE})(?: (?:{_LIST_NOUN}))?",
    r"must[- ]?reads?",
    r"(?:you|readers) (?:may|might|will) (?:also )?(?:like|enjoy|be interested in|have missed)",
    r"(?:people|others|readers|you) (?:are )?(?:also )?(?:read|reading|liked|viewed|enjoyed)",
    r"more (?:from|in|on|about|stories|like) .{1,50}",
    r"more (?:posts|articles|stories|news|videos) (?:from|in|on|about|by) .{1,50}",
    r"(?:similar|related) (?:threads|topics|discussions|products)",
    r"(?:read|see|watch) (?:also|next|more|this next)",
    r"also (?:read|on|in) ?.{0,40}",
    r"(?:don['’]?t|do not) miss",
    r"explore more\b.{0,40}|what to read next|up next|next up|hot right now|in case you missed it|in other news",
    r"news ?feed|news ticker|elsewhere on .{1,40}|recommended (?:for you|by .{1,30})|from (?:around )?the web",
    r"(?:sponsored|paid|promoted|partner) (?:content|links|stories|posts?)",
    r"our other (?:guides|articles|stories|pages)|trending(?: now| topics)?|previous article|next article",
    r"archives?|categories|recent (?:posts|comments)",
    r"читайте также|популярное|самое читаемое|последние новости|новости по теме|главные новости|похожие (?:материалы|новости|статьи)",
    r"смотрите также|другие новости|по теме|рекомендуем|сейчас читают|лента новостей",
    r"관련\s?(?:기사|뉴스)|많이 본 (?:뉴스|기사)|인기\s?(?:기사|뉴스)|추천\s?(?:기사|뉴스)|최신\s?(?:기사|뉴스)",
    r"주요\s?(?:기사|뉴스)|실시간 (?:인기|뉴스)",
)
# Words too common to stand as a heading by themselves: they need three headlines below and nothing else after them.
WEAK_HEADING = _line(
    r"latest|popular|top|recent|similar|featured|hot|more|other|further|newest|archives?|categories|recommended|breaking|top story",
    r"more (?:on|about|in) .*|recent news|other (?:news|topics|content|links)|see also|see more|further reading|more content|top topics?",
)
# A lead-in with the headlines on the same line.
INLINE_HEADING = re.compile(
    r"(?i)(?:read (?:also|more|next)|also read|also on|related(?: (?:stories|news|articles))?|you may also like"
    r"|don['’]t miss|must[- ]reads?"
    r"|popular(?: now)?|trending|most (?:read|commented|viewed)|читайте также|по теме|смотрите также|관련\s?기사)[^.:|]{0,20}[:|]\s\s*\S"
)

# A heading above single words.
TAG_HEADING = _line(r"tags|topics|keywords|filed under|in this article|теги|метки|темы|태그")

SHARE = _line(
    r"click to share on .{1,30}\(?opens in new window\)?|like loading|share (?:in|on|via) social (?:networks|media)",
    r"(?:please )?share(?: (?:this|it|on|via|with)\b.*|\s*[:|].*|\s*\d*|\.{3}|…)",
    rf"(?:tweet|like|pin|share|send|print|e-?mail|save|copy link|follow)(?:\s+(?:this|us|it|on|to|a|friend|page"
    rf"|article|{_NETWORKS}|x|\d+))*",
    r"поделиться\b.{0,60}|공유(?:하기)?|좋아요\s*\d*|tell a friend|send (?:to a friend|by e-?mail)",
    rf"click to share on .{{1,20}}|(?:like|share|rate) this|{_NETWORKS}",
)
# A part of a line of buttons: `Tweet`, `Send to a friend`, `Comments (14)`.
SOCIAL = _line(
    rf"(?:share|share on|follow(?: us)?(?: on)?|like us|send|join)?\s*(?:{_NETWORKS}|x|vk|rss|kakao|카카오톡|페이스북|트위터)",
    r"(?:share|like|tweet|send|print|save|reply|report|quote|bookmark|e-?mail|comments?|copy link|поделиться|공유)\s*\(?\d*\)?",
    r"send to a friend|print this(?: page)?|e-?mail this(?: page)?",
)
COOKIE = re.compile(
    r"(?i)(?:(?:this|our|the) (?:web)?site (?:uses?|stores?) cookies"
    r"|we (?:and our partners )?(?:use|store)\b.{0,60}\bcookies|we value your privacy"
    r"|^\W*(?:accept|reject|manage|allow) (?:all )?(?:our )?cookies\W*$"
    r"|by (?:continuing|using|browsing|clicking)\b.{0,80}\b(?:you (?:agree|accept|are consenting|consent)|cookies)"
    r"|cookies (?:help|keep|allow|enable) (?:us|this|our)|store cookies on your|consenting to our use of cookies"
    r"|(?:registration on|use of) (?:or use of )?this (?:web)?site (?:constitutes|signifies|means)"
    r"|^\W*(?:cookie|privacy) (?:policy|settings|preferences|notice)\W*$|if you stay on the site you agree"
    r"|(?:мы используем|сайт использует) (?:файлы )?cookies?|используем файлы cookie|쿠키(?:를|의)? (?:사용|수집))"
)
COOKIE_BUTTON = _line(
    r"(?:(?:accept|reject|allow|decline|deny|dismiss|got it|learn more|ok|okay|agree|i agree|fine|manage|settings|more info|close|continue"
    r"|notice|all|choices|options|принять|согласен|동의|확인)\W*)+"
)
COPYRIGHT = _line(
    r"(?:©|\(c\) ?\d{4}|copyright\b(?: ©| \(c\))?(?= ?\d{4}| ©|:)).{0,120}",
    r".{0,60}\b(?:hyperlink|active link|link to the (?:web)?site)\b.{0,60}\b(?:required|obligatory|mandatory)\b.{0,40}",
    r".{0,80}\ball rights reserved\b.{0,80}|.{0,60}все права защищены.{0,60}|.{0,80}무단\s?전재.{0,60}",
)
COMMENTS = _line(
    r"(?:\d[\d,.]*|no|add|post|leave a|write a|show|view(?: all)?|hide|load|read|reader|be the first to)?\s*"
    r"(?:comments?|reply|replies|responses?)\s*:?\s*[\[(]?\d*[\])]?(?:\s+(?:log ?in|sign in|register|print|share|send)\b.*)?",
    r"\d+ (?:thoughts|comments|responses|replies) (?:on|to) .{1,120}|your e-?mail address will not be published\b.{0,80}",
    r"save my name, e-?mail\b.{0,90}|leave a (?:reply|comment)\b.{0,40}",
    r"(?:log ?in|sign in|register)(?: or (?:register|sign up))? to (?:comment|reply|post)",
    r"comments? (?:are )?(?:closed|off|disabled)|be the first to comment",
    r"комментари(?:и|ев|й|я)\s*[:(]?\s*\d*\)?|\d+ комментари(?:ев|й|я)|(?:оставить|добавить) комментарий|댓글\s*[:(]?\s*\d*\)?개?",
)
VIEWS = _line(
    r".{0,40}\b\d[\d,. ]*\s?(?:k )?views?\b.{0,40}|.{1,40}\bviews|views?\s*:?\s*\d[\d,.]*",
    r"\d{1,3} min(?:ute)?s?(?: read| listen)?|listen to (?:this|the) (?:article|story)\b.{0,30}",
    r"(?:reading time|время чтения)\s*:?\s*\d.{0,12}|(?:\d+|an?) (?:min(?:ute)?|hour|hr|day|week|month|year|yr|mo)s?\.? ago",
    r"просмотр(?:ов|ы)\s*:?\s*\d*|조회(?:수)?\s*:?\s*\d+|\d+ (?:min(?:ute)?s?|мин) (?:read|чтения)",
)
PHOTO = _line(
    r"(?:photo(?:s|graph)?|image|picture|illustration|фото|사진)(?: (?:credit|by|courtesy(?: of)?|source))?\s*[:©]\s*[^=(){}]{0,120}",
    r"(?:photo|image|picture) (?:credit|by|courtesy)\b.{0,120}|.{0,60}/getty images.{0,30}",
)
SKIP = _line(
    r"(?:skip|jump|go|quick access|direct access|back|return)\s+to\s+(?:the\s+)?"
    r"(?:main|content|contents|navigation|footer|top|menu|search|home|page)\b.{0,120}",
    r"you are here\b.{0,80}|전체\s?메뉴",
    r"accessibility (?:links|help)|(?:toggle|open|close|show|hide) (?:the )?(?:navigation|menu|search|sidebar)",
    r"(?:본문|메뉴|주메뉴|검색)\s?바로가기.{0,60}|перейти к (?:содержанию|основному содержанию)",
)
SUBSCRIBE = _line(
    r"subscribe(?: (?:to|now|here|today|for)\b.{0,80})?|sign up(?: (?:for|to|now|here)\b.{0,80})?|(?:join|follow) (?:us|our)\b.{0,80}",
    r"(?:read|find|watch|like) us (?:on|in) .{1,30}",
    r"follow\b.{0,40}\bon (?:telegram|twitter|facebook|instagram|x|google news|linkedin|youtube)\b.{0,40}",
    r"get .{1,60} (?:in|to) your inbox\b.{0,80}|unsubscribe\b.{0,60}|(?:daily |weekly |our |free )?newsletters?",
    r"download (?:the|our) app\b.{0,40}|get the app|(?:please )?(?:enable|turn on) javascript\b.{0,60}|create (?:a free |an )?account",
    r"be the first to know|stay (?:in touch|connected|informed|up to date)|e-?mail address|enter your e-?mail\b.{0,40}",
    r"powered by .{1,30}|подписаться\b.{0,60}|подпишитесь\b.{0,80}|구독(?:하기)?",
)
# Stands between paragraphs of its own; counts anywhere.
ADVERTISEMENT = _line(r"advertisements?|advertising|sponsored|article continues below(?: this ad(?:vertisement)?)?|реклама|광고")
# An invitation above the page; may be a whole sentence, so it counts only in the first lines.
INVITATION = _line(
    r"register (?:free|now|here)\b.{0,120}|.{0,60}\bregister(?:ing)? for free\b.{0,80}|.{0,40}\bjoin our community\b.{0,100}",
    r"welcome,? guest\b.{0,80}",
)
BUTTON = _line(
    r"read (?:more|the full (?:story|article)|full article|on)|continue reading|(?:view|see|show|load"
    r"|browse) (?:more|all)(?: [\w ]{1,40})?",
    r"more\s*[>»…]+|(?:view|see|read) more (?:articles?|stories|posts|news)?\s*(?:from|by)\s?.{0,60}|back to top|loading\W*|click here",
    r"log ?in|log ?out|sign in|sign up|register|search|menu|close|all news|home|buy now|\d{1,3} of \d{1,3}|archived",
    r"(?:next|previous|prev|older|newer)(?: (?:post|article|page|entries|posts|story))?|print(?: this)?(?: page| article)?",
    r"download(?: (?:the )?(?:pdf|file|full report|report|article|document))?(?: \([\d.,]+ ?[kmg]b\)?)?|sort by\b.{0,20}",
    r"(?:printable|print) version|cite this(?: article| page)?|gift (?:this )?article|save(?: article)?|"
    r"post navigation|search for|font size|copy url|link copied",
    r"(?:found|noticed|spotted) (?:a |an )?(?:mistake|error|typo|misprint)\b.{0,80}|to the top",
    r"[←⟵] ?.{2,90}|.{2,90} [→⟶]",
    r"back to (?:the )?(?:overview|list|home|search|results)|was this (?:page|article) (?:helpful|useful).{0,20}|quick links",
    r"print (?:page|article)",
    r"인쇄(?:하기)?|스크랩|글자\s?크기.{0,10}|이 기사를 추천합니다",
    r"report (?:an error|abuse)\b.{0,30}|find an error\?.{0,80}|dismiss(?: notice)?|expand|collapse",
    r"подробнее|читать далее|더\s?보기|목록|닫기|로그인|회원가입|нашли (?:ошибку|опечатку)\?.{0,80}|регистрация",
)
TAGS = _line(
    r"(?:tags|filed under|categories|posted in|теги|метки|рубрика|태그)\s*:\s*[^=(){}]{1,150}|(?:#[^\W\d_][\w-]+[\s,]+)+#[^\W\d_][\w-]+",
    r"(?:posted in|tagged(?: with| in)?|filed under) [^=(){}.:;]{2,100}",
)
CONTACT = _line(
    r"[^()'\"=]{0,60}\b(?:corrections?|letters|contact|tips|write to|newsroom|feedback|send us)\b[^()'\"=]{0,60}[\w.+-]+@[\w-]+\.[\w.-]+\W*"
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
FORUM = _line(
    r"discussion in ['‘\"].{1,80}['’\"] started by .{1,80}|likes? received:?\s*\d*",
    r"(?:messages|trophy points|reputation|rep power)\s*:\s*[\d,]+|joined:?\s(?:\w+ ){0,3}\d.{0,20}",
    r"members?: [\d,]+.{0,120}|(?:online now|newest member|users (?:browsing|online))\b.{0,80}",
    r".{1,40}, \w{3,9} \d{1,2}, \d{4}\s+#\d+|(?:click to expand|last edited by)\b.{0,60}",
    r"posted by .{1,40} \d+ \w+ ago|\d+% upvoted|level \d+|.{2,40} [·•] \d+ (?:yr|mo|hr|min|years?|months?|days?|hours?)s?\.? ago",
    r"(?:thread|page) \d+ of \d+.{0,40}|thread (?:tools|rating)s?|thread starter\b.{0,40}|you must (?:log in|be logged in).{0,80}",
)
PROFILE = _line(r"(?:location|posts|messages|joined|gender|occupation|age|likes|points)\s*:\s*.{1,40}")
RANK = _line(
    r"(?:new |senior |junior |well-known |active |regular |full |premium |veteran |site |super )?"
    r"(?:member|regular|newbie|moderator|administrator|guest|veteran|user|poster|supporter|staff)"
)
_NAME_WORDS = r"(?:[A-ZА-ЯЁ][\w.'’-]*|and|&|de|van|von|bin|al)(?:[\s,]+(?:[A-ZА-ЯЁ][\w.'’-]*|and|&|de|van|von|bin|al)){0,7}"
BYLINE = re.compile(
    rf"(?:(?:By|BY|Written by|Reported by|Story by|Words by)|(?:Text|Author|Автор|Текст):)\s+{_NAME_WORDS}\W*"
    r"(?:\|.{0,60}|[-–—•·].{0,60}|\d.{0,40})?"
    r"|[가-힣]{2,4}\s?기자(?:\s*[=|].{0,40})?"
)
AUTHOR_HEADING = _line(r"about the (?:author|writer|authors)|author(?: bio)?|об авторе|the author")
BIO_VERB = re.compile(
    r"(?:[A-ZÀ-ÞА-ЯЁ][\w.'’-]*\s+){1,3}[A-ZÀ-ÞА-ЯЁ][\w.'’-]*(?:,? (?:MA|PhD|MBA|Jr\.?|BA))?,?\s+"
    r"(?:is|was|has been|has (?:covered|reported|written|worked)|covers|writes|reports|works|lives|joined|edits)\b"
)
BIO_WORD = re.compile(
    r"(?i)\b(?:author|editor|writer|journalist|reporter|correspondent|columnist|freelance|contributor|covers|has covered|translator|blogger"
    r"|photographer)\b"
)
NAVIGATION = _line(
    r"home|home ?page|(?:local|world|business|sports?|national|breaking|all) news|main|main page|front page|news|latest",
    r"world|asia|africa|europe|americas?|middle east|central asia|politics|business",
    r"economy|economics|markets?|finance|money|tech|technology|science|health|sports?|culture|arts?|entertainment"
    r"|lifestyle|life|style|travel",
    r"opinions?|debate|editorial|columns?|letters|society|local|national|international|regions?|videos?|photos?"
    r"|gallery|multimedia|podcasts?",
    r"audio|tv|live|radio|newsletters?|subscribe|subscriptions?|login|log in|log out|sign in|sign up|register"
    r"|search|menu|more|about|about us",
    r"our team|team|contacts?(?: us)?|careers|jobs|advertise(?: with us)?|privacy(?: policy)?|terms(?: of (?:use|service))?",
    r"cookies?(?: policy)?|help|faq|support|sitemap|archives?|issues?|shop|store|events|forum|community|blogs?|services|products|guides",
    r"imprint|data protection|accessibility(?: statement)?|magazine|deutsch|français|español|türkçe|resources|press|media|weather",
    r"horoscope|games|crosswords?|obituaries|classifieds|real estate|cars|auto|food|fashion|education",
    r"environment|climate|energy|metals|mining|prices|en|ru|kz|kr|english|русский|қазақша|한국어",
    r"главная|новости|политика|экономика|общество|спорт|культура|мир|о нас|контакты|реклама|видео|фото|поиск|войти",
    r"регистрация|лента|происшествия|афиша",
    r"documents|structure|leadership|open data|(?:public|e-) ?services|anti-corruption|tenders|vacancies|statistics|official (?:web)?site",
    r"program(?:me)?s|experts|publications|research|projects|donate|commentary|analysis|companies|industry|incidents|rss|live|eng|kaz|rus"
    r"|қаз|рус|a a a|(?:version )?for the visually impaired|documents and forms|reception|exchange rates|quiz(?:zes)?|epaper|my account",
    r"홈|뉴스|정치|경제|사회|국제|문화|스포츠|연예|오피니언|검색|로그인|회원가입|구독",
)
# `name_99: text` under a comment counter.
READER_COMMENT = re.compile(r"@?(?=[\w.-]*[a-zа-яё_\d])[\w.-]{2,24}\s?:\s\S")
# "Main > Press centre > News".
TRAIL = _line(r"(?:home|main|main page|start|главная|홈)(?:\s+[>/→]\s+[^>/→.!?]{2,40}){1,5}")
# The first part of a trail of crumbs.
CRUMB = _line(r"home|main|forums?|start|главная|홈")
