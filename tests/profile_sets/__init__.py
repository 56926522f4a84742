"""Generated File-sets that keep, and that break, the Application Profiles of PS3.11.

facts       the tables, from tests/facts/ps3.11-profiles.json and not from the product's own data
streams     pixels as the transfer syntaxes hold them
dataset     a data set as keywords and plain values, and its bytes
images, documents    the instances
conforming  for a profile the instances of a File-set that satisfies it
breaking    for a profile the File-sets that break one thing each, with the rule that says so
folder      a File-set in a folder, with a DICOMDIR of our own stages
"""
