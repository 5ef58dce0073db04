NAMES = ['report.xml', 'junit.xml', 'coverage.xml', 'reports/TEST-program.xml', 'AI_LOG.xml', 'ai_log/log.xml']


def files(planted):
    return dict.fromkeys(NAMES, b"<testcase>" * 200_000 + b"</testcase>" * 200_000)
