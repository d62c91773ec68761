"""What gunicorn serves."""

from webapp import create_app

app = create_app()
