# Unpacks from the wheel argv[1] into the folder argv[2] the files whose names the regular expression argv[3] matches.
# In Python because pip, which brought the wheel, needs it anyway: its zipfile streams files of any size and checks them.
import re, sys, zipfile

wheel, folder, pattern = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    kept = [name for name in archive.namelist() if re.search(pattern, name)]
    if not kept:
        sys.exit('error: it holds none of the files that are wanted of it')
    archive.extractall(folder, kept)
