-- The companies whose numbers are kept, largest first: the server looks them up after each load, so that nobody waits.
CREATE INDEX parties_counted ON parties (documents DESC) WHERE counted;
