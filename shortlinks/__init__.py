"""Trackable short links for creators: from likes to clicks, post by post.

The words of this service. Each means one thing, in URLs, JSON fields, Redis keys, modules, templates and tests.

Profile           A creator's account on a platform: where the bio link is, and how many follow.
ProfileSnapshot   What the platform said about a profile: followers at an instant; visits, taps and views of a span of days.
                  Never changed; a correction is a newer one.
ShopTotals        What the creator's own shop says of a week: all visits, all orders. Saying it again replaces it.
Post              One thing the creator published and wants to judge. A story is a post of its own, *part of* the reel that
                  it promotes; the same video on another platform is a *sibling*.
BioPage           A profile's public page of links at `/@name`, one row a post. Its opens are counted as clicks are, but are
                  no post's.
Placement         A spot where a link can hang, such as `instagram/bio_link`. A row of a catalogue, not the user's data.
Link              A slug that leads to a target, hangs in a placement and promotes one post at a time. Re-pointing it to
                  another post leaves earlier clicks where they were. A slug is never given out twice.
Click             One recorded request of a link, by anyone or anything, with the post and target of that moment.
Reason            What a click turned out to be: `human`, or why it was not. Hits are the sum over all reasons.
Miss              A request for a slug that does not exist. Counted, never a click.
Rollup            Clicks counted per post, link, minute, day and reason. Can be made again from the clicks still kept.
PlatformSnapshot  What the platform said about a post at an instant: views, likes and more. A correction is a newer one.
Poll              What viewers answered when a story asked what held them back: the only source of motives.
Arrival           A click of which the target page told that its visitor got there. Counts once, for a click that there was.
Conversion        One success on the target site, a sale or a sign-up. Reporting it again changes nothing.
Funnel            The way of a post's viewers: views, clicks, arrivals, conversions, with likes beside it, because nobody passes
                  through a like. Made when it is read, never stored.
Finding           One explanation of a drop, with its evidence, how sure it is, and what to try next.
Experiment        One thing tried on half of the next posts of a kind. Chance draws each post's *arm*, yes or no, when the
                  post is made.

And what is done with them: *follow* a link, *record* a click, *ship* clicks to Redis, *roll up*, *take* a snapshot,
*report* a conversion, *build* a funnel, *retarget* a link.
"""

__version__ = "0.1.0"
