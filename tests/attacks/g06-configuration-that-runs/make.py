from attack_repository import armed_repository

source = armed_repository
