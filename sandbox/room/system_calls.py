"""The second system call filter of a room: what a command may not ask of the kernel, whatever the engine allows.

An engine's own filter differs by version (io_uring, AF_VSOCK and ptrace are open on some), and shipping one would
replace it. A filter that the launcher stacks on top can only take away, and works on any engine.
Stdlib only, Python 3.9 to 3.14: this runs inside the containers.
"""

from __future__ import annotations

import ctypes
import errno
import struct

X86_64, AARCH64 = 0xC000003E, 0xC00000B7
DENIED: dict[str, tuple[int, int | None]] = {  # name: number on x86_64, on aarch64 (None: it has none); answer EPERM
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197),
    "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181), "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183), "mq_notify": (244, 184), "mq_getsetattr": (245, 185),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "personality": (135, 92), "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445), "landlock_restrict_self": (446, 446),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "swapon": (167, 224), "swapoff": (168, 225),
    "reboot": (169, 142), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "fanotify_init": (300, 262), "lookup_dcookie": (212, 18), "syslog": (103, 116), "vhangup": (153, 58),
    "mbind": (237, 235), "set_mempolicy": (238, 237), "set_mempolicy_home_node": (450, 450),
    "clock_settime": (227, 112), "settimeofday": (164, 170), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "memfd_secret": (447, 447), "process_mrelease": (448, 448),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
}  # fmt: skip
DENIED_ON_PID_1 = {  # a limit or a scheduling class forced on PID 1 would stop the watchdog
    "prlimit64": (302, 261), "sched_setparam": (142, 118), "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122), "sched_setattr": (314, 274), "migrate_pages": (256, 238),
    "move_pages": (279, 239),
}  # fmt: skip
SOCKET, SOCKETPAIR, CLONE, CLONE3 = (41, 198), (53, 199), (56, 220), (435, 435)
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
"""All the families there are: no AF_ALG, AF_VSOCK, AF_PACKET."""
PROTOCOLS = (0, 6, 17)
"""What an internet socket may speak: the default, TCP, UDP. Asking for another would load its kernel module."""
NETLINK_ROUTE = 0
"""What lists interfaces and addresses; netlink's other protocols reach further into the kernel."""
NEW_NAMESPACES = 0x7E020000
"""CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET."""
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2


class UnknownMachineError(Exception):
    """No numbers of system calls are known for this type of machine."""


def seccomp_filter(machine: str) -> bytes:
    """The filter as the bytes of `struct sock_filter`s, for `platform.machine()`; raises UnknownMachineError."""
    if machine not in ("x86_64", "aarch64", "arm64"):
        raise UnknownMachineError(f"no system call filter for a machine of type {machine}")
    column = 0 if machine == "x86_64" else 1
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, eperm, enosys = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
    number, first_argument, third_argument = (
        0,
        16,
        32,
    )  # offsets in struct seccomp_data; both machines are little-endian
    code = [(load, 0, 0, 4), (equal, 1, 0, (X86_64, AARCH64)[column]), (answer, 0, 0, kill), (load, 0, 0, number)]
    if column == 0:
        code += [(at_least, 0, 1, 0x40000000), (answer, 0, 0, enosys)]  # the x32 numbers
    for numbers in DENIED.values():
        denied = numbers[column]
        code += [] if denied is None else [(equal, 0, 1, denied), (answer, 0, 0, eperm)]
    code += [(equal, 0, 1, CLONE3[column]), (answer, 0, 0, enosys)]  # its flags lie behind a pointer; clone comes next
    for on_pid_1 in DENIED_ON_PID_1.values():
        code += [(equal, 0, 4, on_pid_1[column]), (load, 0, 0, first_argument), (equal, 0, 1, 1)]
        code += [(answer, 0, 0, eperm), (answer, 0, 0, allow)]
    code += [(equal, 0, 4, CLONE[column]), (load, 0, 0, first_argument), (any_bit, 0, 1, NEW_NAMESPACES)]
    code += [(answer, 0, 0, eperm), (answer, 0, 0, allow)]
    code += [(equal, 0, 4, SOCKETPAIR[column]), (load, 0, 0, first_argument), (equal, 1, 0, AF_UNIX)]
    code += [(answer, 0, 0, eperm), (answer, 0, 0, allow)]
    spoken = [(equal, len(PROTOCOLS) - place, 0, protocol) for place, protocol in enumerate(PROTOCOLS)]
    internet = [(load, 0, 0, third_argument), *spoken, (answer, 0, 0, eperm)]
    netlink = [(load, 0, 0, third_argument), (equal, 1 + len(internet), 0, NETLINK_ROUTE), (answer, 0, 0, eperm)]
    families = [
        (equal, 4 + len(netlink) + len(internet), 0, AF_UNIX),
        (equal, 3, 0, AF_NETLINK),
        (equal, 2 + len(netlink), 0, AF_INET),
        (equal, 1 + len(netlink), 0, AF_INET6),
        (answer, 0, 0, eperm),
    ]
    sockets = [(load, 0, 0, first_argument), *families, *netlink, *internet, (answer, 0, 0, allow)]
    code += [(equal, 0, len(sockets), SOCKET[column]), *sockets, (answer, 0, 0, allow)]
    return b"".join(struct.pack("=HBBI", *step) for step in code)


def prctl(option: int, argument: int = 0, pointer: int = 0) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.prctl(ctypes.c_int(option), ctypes.c_ulong(argument), ctypes.c_void_p(pointer or None), 0, 0))


def install(program: bytes) -> None:
    """Put the filter on this process and all that it starts; raises OSError when the kernel refuses."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    steps = ctypes.create_string_buffer(program, len(program))
    wanted = Program(len(program) // 8, ctypes.addressof(steps))
    if prctl(PR_SET_NO_NEW_PRIVS, 1) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(wanted)):
        raise OSError(ctypes.get_errno(), "the system call filter was refused")
