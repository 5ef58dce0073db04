from repositories import Link, Submodule, make_repository


def source(folder, planted):
    inner = make_repository(folder / "inner", {"post-checkout": f"#!/bin/sh\ntouch {planted.markers}/hook\n"})
    return make_repository(folder / "demo", {
        "a.py": "1\n",
        "A": Link(".git"),
        "a/modules/x": Submodule(),
        ".gitmodules": f'[submodule "x"]\n\tpath = a/modules/x\n\turl = file://{inner}\n',
    })
