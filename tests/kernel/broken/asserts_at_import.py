assert 1 + 1 == 3, "a wrong assumption"
