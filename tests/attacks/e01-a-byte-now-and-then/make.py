import time


def behave(connection, head):
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n" + b"x" * 60
    for place in range(len(data)):
        connection.sendall(data[place : place + 1])
        time.sleep(0.06)
