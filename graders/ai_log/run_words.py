"""The words in which people tell what a test run gave, in five languages; patterns, every repetition bounded."""

from __future__ import annotations

import re

_GAP = r"[ \t*_`]{1,3}"
_KIND = (
    r"(?:unit|integration|new|own|pytest|unittest|public|automated|existing|regression|smoke|python|backend|frontend|"
    r"api|e2e|end-to-end|test|more|all|additional|passing|green|unitarias|nuevas|юнит-|новых|yeni|birim)"
)
_TESTS = r"(?:tests?|test ?cases?|specs?|pruebas|testes|тест(?:ов|а|ы)?|testin|testler)"
_LINK = (
    r"(?:are|is|were|was|have|has|had|now|all|both|still|of them|that|which|in total|total|successfully|and|están|"
    r"todas|все|всего|hepsi|tamamı|da)"
)
_BETWEEN = rf"(?:{_GAP}(?:{_KIND}|{_TESTS}|{_LINK})(?![^\W\d_])){{0,6}}"
PASSED = (
    r"(?:pass(?:ed|ing|es)?|green|succeed(?:ed)?|successful|pasaron|pasan|pasados|pasadas|superadas|aprobad[ao]s|"
    r"en verde|grün|bestanden|passent|réussis|passés|passaram|passando|[✓✔✅]|прошл[иоа]|проходят|"
    r"пройден[оы]|зел[её]ны[ех]|успешно|geçti|geçiyor|geçen|başarılı)"
)
FAILED = (
    r"(?:fail(?:ed|ing|ures?|s)?|errors?|errored|red|fallaron|fallan|fallid[ao]s|упал[ио]|не прошл[иоа]|провален[оы]|"
    r"başarısız|kaldı)"
)
SKIPPED = r"(?:skipped|omitid[ao]s|saltad[ao]s|пропущен[оы]|atlandı)"
_LONE = r"(?<![\w.,/#:$%@&+~<>≈-])"
_OF = r"(?:[ ]?/[ ]?|[ ](?:of|out of|de|из)[ ](?:the[ ])?)"

COUNT = re.compile(
    rf"(?i){_LONE}(?P<n>\d{{1,5}})(?:{_OF}(?P<of>\d{{1,5}}))?(?![\d.,/:%-]*\d)"
    rf"(?P<between>{_BETWEEN}){_GAP}(?:(?P<skipped>{SKIPPED})|(?P<failed>{FAILED})|(?P<passed>{PASSED}))(?![^\W_])"
)
"""A number and, a few known words on, what became of so many tests."""
TOTAL = re.compile(
    rf"(?i){_LONE}(?P<n>\d{{1,5}})(?:{_OF}(?P<of>\d{{1,5}}))?(?:{_GAP}{_KIND}){{0,3}}{_GAP}{_TESTS}(?![^\W_])"
)
"""A number of tests."""
TURNED = re.compile(
    rf"(?i)(?<![^\W_])(?P<word>{PASSED}|{FAILED}|ran|run){_GAP}(?:(?:all|the|las|los|все|всего){_GAP}){{0,2}}"
    rf"(?P<n>\d{{1,5}})(?:{_OF}(?P<of>\d{{1,5}}))?(?:{_GAP}{_KIND}){{0,3}}{_GAP}{_TESTS}(?![^\W_])"
)
"""The other way round: "passed 41 tests", "pasaron 12 pruebas", "прошло 12 тестов", "Ran 12 tests"."""
KOREAN = re.compile(
    r"(?:테스트[ ]?(?P<a>\d{1,5})(?:개|건)|(?<![\d.,])(?P<b>\d{1,5})(?:개|건)(?:의)?[ ]?(?:테스트|케이스)?)"
    r"(?:가|이|를|는|은)?[ ]?(?:모두|전부|다)?[ ]?(?:(?P<passed>통과|성공)|(?P<failed>실패)|(?P<skipped>건너))"
)
KOREAN_TOTAL = re.compile(r"테스트[ ]?(?P<a>\d{1,5})(?:개|건)|(?<![\d.,])(?P<b>\d{1,5})(?:개|건)(?:의)?[ ]?테스트")
ALL_PASSED = re.compile(
    r"(?i)(?<![^\W_])(?:(?:all|every|the (?:whole|full|entire)|full|whole|entire)(?: of)?(?: (?:the|my|unit|own|"
    r"existing|other|new|\d{1,5})){0,3} (?:tests?|test suite|suite|specs?)|tests|(?:test )?suite|everything)"
    r"(?= \w| \(\d{1,5}(?: tests)?\) \w)(?: \(\d{1,5}(?: tests)?\))?"
    rf"(?: (?:are|is|were|was|still|now|all|then|run|runs|stays?|have|has|came out|back)){{0,3}} {PASSED}(?![^\W_])|"
    r"(?<![^\W_])all (?:of them )?(?:green|pass(?:ed|ing)?)(?![^\W_])|"
    r"(?<![^\W_])(?:ran|re-?ran|run) (?:the |my |all ){0,2}(?:whole |full |entire |own |existing )?"
    r"(?:tests|test suite|suite)(?![^\W_])[^.;\d\n]{0,50}?(?:was|were|is|are|stayed|came back|all) "
    r"(?:all |still )?(?:green|passing|pass)(?![^\W_])|"
    r"todas las pruebas (?:pasan|pasaron|en verde)|(?:все )?тесты (?:прошли|проходят|зел[её]ные)|"
    r"(?:tüm|bütün) testler (?:geçti|geçiyor|başarılı)|"
    r"(?:모든 테스트|테스트(?:가)? (?:모두|전부))(?:가|를|이)? ?(?:통과|성공)"
)
PART = re.compile(
    rf"(?i){_LONE}(?P<n>\d{{1,5}})(?:{_OF}(?P<of>\d{{1,5}}))? "
    rf"(?P<words>(?:[^\W\d][\w.-]{{1,30}} ){{1,3}}){_TESTS}(?![^\W_])"
)
"""So many tests of something: "the 12 webhook tests"."""
PART_KNOWN = re.compile(rf"(?i){_KIND}|{_LINK}|test")
PART_NOT = re.compile(
    r"(?i)(?:in|for|of|to|with|the|by|on|from|per|at|a|an|my|or|but|failing|failed|fails?|passed|pass|flaky|broken|red|"
    r"skipped|missing|redundant|useless|slow|other|different|files?|rows?|bugs?|lines?|seconds?|minutes?|times?|of|"
    r"python|days?|hours?|percent|leads?|more|extra|first|last|same|similar|such|parametri[sz]ed|de|en|из|в)"
)
"""Words that do not say what tests are of."""
BESIDE_ALL = re.compile(
    r"(?<![\d/.,-])(?P<n>\d{1,5}) ?/ ?(?P=n)(?![\d/.,-]*\d)|\((?P<a>\d{1,5})\)|"
    r"(?<![\d/.,-])(?P<b>\d{1,5}) (?:of them|in total|altogether|overall|total)(?![^\W_])|"
    r"(?<=[^\d\s]) ?[:–—-] ?(?P<c>\d{1,5})(?= ?(?:$|[.,;)]| tests?| passed))"
)
"""The number that stands with "all green"."""
ELSEWHERE = re.compile(
    r"(?i)(?:\bun|\bnot (?:yet )?|\bnever |n['’]t |\bbefore (?:i |the |it was )?)commit|"
    r"\bthrow-?away|\bscratch|\btemporary|"
    r"\bnot in (?:the|this) repo|\bstash|\b(?:other|another|side|local) branch|\bat first\b|"
    r"\binitially\b|\boriginally\b|"
    r"\b(?:my|his|her) own (?:extra )?(?:tests|fixtures|folder)|\bsin (?:hacer )?commit|не закоммич|commit ?etmedi|"
    r"\b(?:delet|remov|dropp|trimm|cut|thr[eo]w|discard|collaps|merg|dedup|prun|squash|consolidat)\w{0,6} [^.\n]{0,60}"
    r"\b(?:tests?|cases|specs|duplicates)\b|"
    r"\b(?:tests?|cases) [^.\n]{0,40}(?:delet|remov|dropp|trimm|discard|merg|squash)"
)
"""Words of states of the work that no commit holds: then no run at a commit speaks against a number."""
SUM = re.compile(r"\((\d{1,5}(?: ?\+ ?\d{1,5}){1,6})\)")
RISE = re.compile(r"\d{1,3}(?:[.,]\d{1,2})? ?%? ?(?:to|->|→|=>|a|до) (?=\d{1,3}(?:[.,]\d{1,2})? ?%)")
"""A share that was, before the one that is: "from 70 % to 91 %"."""
PERCENT = re.compile(
    r"(?i)(?:(?<![^\W_])(?:line |branch |test |code )?(?:coverage|cobertura|покрыти[ея]|kapsama?|커버리지)(?P<word>)"
    r"[^\d%\n.;]{0,30}(?<![\d.])(?P<a>\d{1,3}(?:[.,]\d{1,2})?) ?(?:%|per ?cent)|"
    r"(?<![\d.,])(?P<b>\d{1,3}(?:[.,]\d{1,2})?) ?(?:%|per ?cent)(?: \w{1,12}){0,2} "
    r"(?:coverage|cobertura|покрыти[ея]|kapsama?|커버리지|covered))"
)
LINT = re.compile(
    r"(?i)(?<![^\W_])(?P<tool>ruff(?: check| format)?|flake8|pylint|mypy(?: --strict)?|pyright|black|isort|bandit|"
    r"eslint|tsc|lint(?:er|ers)?|type ?check(?:er|s)?)(?![^\W_])[^.;\n\d]{0,40}?"
    r"(?:clean|no (?:issues|errors|findings|warnings|problems)|pass(?:ed|es|ing)?|green|happy|silent|"
    r"limpio|sin errores|чисто|без ошибок|temiz|통과)(?![^\W_])"
)

APPROXIMATE = re.compile(
    r"(?i)(?:\babout|\baround|\broughly|\bnearly|\balmost|\bover|\bmore than|\bat least|\bup to|\bsome|\bapprox\.?|~|≈|"
    r"\bcasi|\bunas|\bunos|около|примерно|yaklaşık|약)[ ]?$"
)
OTHER_THING = re.compile(
    r"(?i)(?:\b(?:lines?|rows?|steps?|versions?|ports?|status|http|codes?|python|days?|pages?|items?|entry|entries|"
    r"rounds?|attempts?|issues?|tasks?|phases?|numbers?|sections?|chapters?|sprints?|prompts?|of|v|t)|№|#)"
    r"[ :#]{1,2}$|\bcommit[ #]{1,2}$|[+] ?$"
)
"""What stands before a number that counts no tests: "line 41", "Python 3", "step 2"."""
OTHER_COUNT = re.compile(
    r"(?i)\d (?:\w{1,15} ){0,2}(?:rows?|leads?|records?|events?|orders?|requests?|lines?|e-?mails?|files?|items?|"
    r"messages?|jobs?|users?|contacts?|entries|webhooks?|calls?|documents?|filas|строк|satır|행)(?![^\W_])"
)
"""A number of other things: what passed then may be some of these."""
ADDED = re.compile(
    r"(?i)(?<![^\W_])(?:add(?:ed|s)?|wrote|written|created|generated|new|extra|another|agregué|añadí|добавил[аи]?|"
    r"написал[аи]?|ekledim|yazdım|추가|작성)(?![^\W_])"
)
PLANNED = re.compile(
    r"(?i)(?<![^\W_])(?:will|shall|should|would|could|plan(?:s|ned|ning)?|going to|gonna|wants?|wanted|needs? to|"
    r"needed to|to-?do|goal|target|aim(?:s|ed|ing)?|expects?|expected to|must|asked|asks?|told|tell|prompt(?:ed)?|"
    r"suggest(?:s|ed)?|unless|until|let's|let us|intend(?:ed|s)?|propos(?:es|ed)|hop(?:e|ed|ing)|if|please|"
    r"(?:it|claude|chatgpt|gpt|copilot|cursor|codex|gemini|model|agent|assistant|ai|llm) (?:\w{1,12} )?"
    r"(?:said|says|claim(?:s|ed)|report(?:s|ed)|promised)|"
    r"voy a|vamos a|debería|deben|hay que|falta[n]?|pedí|quiero|"
    r"будет|будут|буду|нужно|надо|должн[оыа]|планирую|попросил[аи]?|хочу|"
    r"olmalı|gerek(?:iyor|li)?|istedim|ekleyeceğim|yazacağım|eklenecek)(?![^\W_])|예정|해야|요청|계획|추가할"
)
TAKEN_OUT = re.compile(
    r"(?i)(?<![^\W_])(?:reject|delet|remov|dropp|discard|thr[eo]w|eliminé|удалил|sildim)\w{0,6}|삭제"
)
"""Tests that are told of because they are gone."""
NOT_RUN = re.compile(
    r"(?i)(?:\bnot|\bnever|n['’]t|\bwithout|\bunable to|\byet to|\bno time to)(?: (?:yet|been|be|actually|re))?[ -]?"
    r"(?:run|ran|running|re-?run|execut\w{0,4}|tested|verified|check(?:ed)?)(?![^\W_])|"
    r"sin (?:ejecutar|probar)|no (?:ejecuté|probé)|не (?:запускал|проверял|тестировал)|çalıştırmadım|실행하지|돌리지"
)
COMMAND = re.compile(
    r"(?<![\w./-])(?:(?:uv|poetry|pdm|hatch|pipenv|rye) run )?(?:(?:python3?|py) -m )?(?:coverage run -m )?"
    r"(?:pytest|py\.test|python3? -m unittest|unittest)(?![\w./])"
    r"(?: (?:on|for|in|against)(?= [\w./-]{0,80}(?:/|\.py)))?"
    r"(?: (?:--?[A-Za-z][\w-]{0,30}(?:=[\w./:-]{1,60})?|[\w.-]{0,60}(?:/[\w.-]{0,60}){1,8}(?:::[\w\[\].-]{1,100}){0,3}|"
    r"[\w.-]{1,60}\.py(?:::[\w\[\].-]{1,100}){0,3}|(?<=-[km] )(?:\"[^\"\n]{1,100}\"|'[^'\n]{1,100}'|\w{1,60}))){0,10}"
)
"""pytest or unittest in running text, with the flags and paths right after it."""
TEST_PATH = re.compile(
    r"(?<![\w./:-])(?:[\w.-]{1,60}/){0,8}(?:test_[\w.-]{1,60}|[\w.-]{1,60}_test)\.py"
    r"(?:::[\w\[\].-]{1,100}){0,3}(?![\w/])"
)
"""A test file, or a test in one: where it is said to have been run, pytest ran it."""
RUNNER = re.compile(
    r"(?<![\w./-])(?:pytest|py\.test|unittest|tox|nox|(?:npm|yarn|pnpm|bun)(?: run)? test[\w:-]{0,20}|jest|vitest|"
    r"go test|cargo (?:test|nextest)|make (?:test|check)[\w-]{0,20}|mvn (?:-\w+ )?(?:test|verify)|"
    r"(?:\./)?gradlew? test|rspec|phpunit|dotnet test|[\w./-]{0,60}(?:run_?tests?|test)\.sh|manage\.py test)(?![\w/])"
)
"""What makes a piece of code, set apart as such, a test command."""
RAN = re.compile(
    r"(?i)(?<![^\W_])(?:ran|re-?ran|run|runs|running|executed|verified with|checked with|tested with|ejecuté|corrí|"
    r"запустил[аи]?|прогнал[аи]?|çalıştırdım|koştum)(?![^\W_])|실행|돌렸"
)
"""What makes a command that stands in a sentence one that was run."""
TESTED = re.compile(r"(?i)test|spec|suite|prueba|тест|테스트|passed in|unittest|tox|nox")
"""Words that make a sentence one about tests."""
FRACTION = re.compile(r"(?<![\d/.,-])(?P<n>\d{1,5}) ?/ ?(?P<of>\d{1,5})(?![\d/.,-]*\d| ?\w)")
"""12/12: so many of so many passed, where it stands right after a command or a test file."""
OKAY = re.compile(r"(?i)(?<![\d/.,-])(?P<n>\d{1,5}) ok(?![^\W_])")
LATER = re.compile(
    r"(?i)(?<![^\W_])(?:fix(?:ed|ing)?|then|after(?:wards)?|later|mended|now|luego|потом|sonra)(?![^\W_])|이후"
)
"""Words between the figures of two runs."""
IN_PATH = re.compile(rf"(?i){_TESTS} (?:in|en|из|в) ?`{{0,2}}$")
OF_PATH = re.compile(rf"(?i)(?:{PASSED}|{FAILED}) (?:in|from|for|of|with|on|en|из|в) ?`{{0,2}}$")
"""What stands between figures and the test file that they are of: "12 passed in tests/test_a.py"."""
RESULTING = re.compile(
    r"(?i)(?:[\s,:;(=>→⇒…*_`\"'$|-]|–|—|and|then|got|get|saw|gives?|gave|shows?|showed|reports?|reported|with|prints?|printed|all|"
    r"now|is|was|were|results?|resulted|in|output|passed|has|had|said|says|ok|on|the|whole|full|suite){0,30}"
)
"""What may stand between a command and its figures, for these to be the figures of that command."""
