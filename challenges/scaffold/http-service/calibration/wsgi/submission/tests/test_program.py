import program


def test_greeting():
    told = []
    body = program.application(
        {'PATH_INFO': '/greeting', 'QUERY_STRING': 'name=Ada'}, lambda status, headers: told.append(status)
    )
    assert (told, body) == (['200 OK'], [b'Hello, Ada!'])
