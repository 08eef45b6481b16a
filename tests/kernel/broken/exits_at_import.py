import sys

sys.exit("this plugin thought it was a program")
