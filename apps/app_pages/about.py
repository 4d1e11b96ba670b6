"""What the shop and its fitting room do, what they cannot do, and what happens to photos and orders."""

import streamlit as st

st.title("About the fitting room")
with st.container(width=720):  # A comfortable line of text.
    st.markdown(
        """
**How it works.** Two networks read each photo: one finds shoulders, elbows, hips and other points of the body, the
other says which pixels are hair, skin or which garment. From the two sets of points follows how the garment has to
bend to fit the other person. It is taken from its photo in full resolution, laid on, and hair, hands and bags are put
back in front. All other pixels stay exactly as they were. *Show steps* shows each picture on the way.

**The garment may be worn, lie flat or hang.** Where nobody wears it, two other networks cut it out of its photo and
find where shoulders, elbows, hips and hems would be; from there on it goes the same way.

**What works best.** One person who stands facing the camera, with arms beside the body, in both photos; a garment
that nobody wears, seen whole and from straight above or before it, its sleeves spread, on a ground of another color.
Side views, crossed arms, people who sit and wide coats come out less well; where the program notices, it says so.

**What it is not.** A picture of how a garment might look, not whether it fits: it knows nothing of sizes or fabrics.
The networks learned from street fashion photos, where some bodies, skin tones, ages and styles of clothing are rare;
results can be worse for them.

**Photos.** A photo that you choose stays in this server's memory while the page is open and is deleted soon after you
close it, load it anew, or press *Remove*. Nothing is written to disk, logged, or sent to another service. Use photos
of yourself, or of people who agreed, and do not pass a result off as a real photo.

**Orders.** Nothing is paid here. Name, address and what was ordered are stored in this shop's own database and nowhere
else. The bag lies in this server's memory for twelve hours after you last looked at it; a cookie holds the random
number by which your browser finds it again, and nothing else.

**The sample people, garments and products** are computer-generated; they are renders of the VALID avatar library (MIT
License) and of MakeHuman's clothes (CC0). Names and prices of sample products are invented.
"""
    )
