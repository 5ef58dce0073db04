import program


def test_greeting():
    assert program.answer('/greeting?name=Ada')[1] == 'Hello, Ada!'
