"""relsim: scenario forecasting in international relations."""
