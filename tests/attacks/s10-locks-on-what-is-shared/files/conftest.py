import locks
