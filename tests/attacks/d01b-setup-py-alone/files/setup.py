import os
os.system("touch @MARKER@")
from setuptools import setup
setup(install_requires=["x"])
