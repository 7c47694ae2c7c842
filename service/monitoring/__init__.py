"""How whoever runs the service sees that it works: counted requests, figures, signs of life."""
