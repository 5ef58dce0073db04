from repositories import make_bomb


def source(folder, planted):
    return make_bomb(folder / "bomb")
