import program


def test_greeting():
    assert program.answer('/greeting?name=Ada') == (200, 'Hello, Ada!')
    assert program.answer('/greeting')[0] == 400
