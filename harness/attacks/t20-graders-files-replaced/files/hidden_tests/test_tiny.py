def test_greets():
    pass
