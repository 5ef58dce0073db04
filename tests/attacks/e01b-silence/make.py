import time


def behave(connection, head):
    time.sleep(3)
