def wheels(planted):
    return [("evil", "1.0", {"../../../../../../../../../.." + str(planted.markers / "out"): "x", "evil.py": "VALUE = 1\n", "../../../bin/python3": "#!/bin/sh\nexit 0\n"})]
