def source(folder, planted):
    return f"ssh://-oProxyCommand=touch%20{planted.markers}%2Fssh/x"
