"""A Verification -> one HTML file that opens anywhere: no network, no script, prints on A4.

    element   tree of elements, by which no text of a medium can become markup
    contents  patients, studies and series with their previews, and what was found in each study
    findings  findings with clause, advice and places
    extras    facts, profiles, scope, what was extracted
    page      all of it in order        style   how it looks
    output    the file, beside its name and renamed

It says what the JSON document says, in the words of the command line. Long lists end with the
number of what is not shown.
"""
