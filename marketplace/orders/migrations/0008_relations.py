from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0007_prices_are_promised'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='relation',
            field=models.CharField(blank=True, choices=[('OWN', 'Own listing'), ('RELATED', 'Related by control or shareholding'), ('SAME_PERSON', 'One person acts for both')], db_default='', default='', help_text='how buyer and provider are not strangers, frozen when it cleared', max_length=11),
        ),
    ]
