import builtins

builtins.FORGED = True
try:
    open("@MARKER@", "w").close()
except OSError:
    pass
