"""The policies that come with docketwatch: default, eoir (court data), permits (an office that issues permits)."""
