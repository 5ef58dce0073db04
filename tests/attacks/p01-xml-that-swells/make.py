NAMES = ['report.xml', 'junit.xml', 'coverage.xml', 'reports/TEST-program.xml', 'AI_LOG.xml', 'ai_log/log.xml']
"""The first one stays below what XML readers refuse."""


def files(planted):
    longest = "x" * 1_000_000
    one = f'<!DOCTYPE t [<!ENTITY a "{longest}">]><testsuite><testcase name="t">{"&a;" * 98}</testcase></testsuite>'
    steps = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    all = f'<!DOCTYPE t [<!ENTITY a0 "x">{steps}]><testsuite><testcase name="t">&a11;</testcase></testsuite>'
    return {name: (one if name == NAMES[0] else all).encode() for name in NAMES}
