"""What a verification found of a finished file: verdict, steps, chart, answers and figures."""
