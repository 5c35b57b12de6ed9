"""xPONENT and Luminex 100 IS: exports of blocks, as text and as workbooks."""
