def files(planted):
    return {
        "deep.py": "x = " + "(" * 100_000 + ")" * 100_000 + "\n",
        "coding.py": "# -*- coding: rot13 -*-\nx = 1\n",
        "minus.py": "x = " + "-" * 100_000 + "1\n",
        "long.py": "x = '" + "y" * 900_000 + "'\n",
        "many.py": "def f():\n" + "".join(f"    if x{n}:\n        pass\n" for n in range(5_000)),
        "nul.py": "x = 1\0\n",
    }
